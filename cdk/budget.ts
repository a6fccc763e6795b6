import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import { Construct } from 'constructs'
import type { Alarms } from './alarms.ts'

/** Shares of the month's budget that send a notification: of the actual or of the forecast cost. */
const THRESHOLDS = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'ACTUAL', threshold: 100 },
  { notificationType: 'FORECASTED', threshold: 100 },
] as const

/**
 * A monthly budget for the whole account. It does not filter by tag: billing ignores a tag until
 * somebody activates it by hand, and the budget would then silently count nothing.
 */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, alarms: Alarms, monthlyUsd: number) {
    super(scope, id)
    alarms.allowPublish('budgets.amazonaws.com')
    new CfnBudget(this, 'Month', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: monthlyUsd, unit: 'USD' },
      },
      notificationsWithSubscribers: THRESHOLDS.map((threshold) => ({
        notification: {
          ...threshold,
          comparisonOperator: 'GREATER_THAN',
          thresholdType: 'PERCENTAGE',
        },
        subscribers: [{ subscriptionType: 'SNS', address: alarms.topic.topicArn }],
      })),
    })
  }
}
