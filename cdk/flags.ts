/** CDK feature flags. */
export const CDK_FLAGS = {
  // A bucket policy admits access logs. The older way needs ACLs, which are disabled here.
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  // Rules of other accounts may not send to an encrypted queue.
  '@aws-cdk/aws-events:eventsTargetQueueSameAccount': true,
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/core:validateSnapshotRemovalPolicy': true,
}
