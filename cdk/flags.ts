/** Newer behaviour of the CDK that an older app would have to opt in to. */
export const CDK_FLAGS = {
  // Access logs are let in by bucket policy; the older way needs ACLs, which are off here.
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  // Rules of other accounts may not fill an encrypted queue.
  '@aws-cdk/aws-events:eventsTargetQueueSameAccount': true,
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/core:validateSnapshotRemovalPolicy': true,
}
