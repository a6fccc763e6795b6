import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import { Construct } from 'constructs'
import type { Alarms } from './alarms.ts'

/** Shares of the month's budget at which the topic is told, and of which sum: spent, or forecast. */
const TOLD_AT = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'ACTUAL', threshold: 100 },
  { notificationType: 'FORECASTED', threshold: 100 },
] as const

/**
 * A month's budget of the account. Not of a tag: billing counts by a tag only once that is
 * activated by hand, and a budget that sees nothing by mistake says nothing either.
 */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, alarms: Alarms, monthlyUsd: number) {
    super(scope, id)
    alarms.letSpeak('budgets.amazonaws.com')
    new CfnBudget(this, 'Month', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: monthlyUsd, unit: 'USD' },
      },
      notificationsWithSubscribers: TOLD_AT.map((told) => ({
        notification: { ...told, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
        subscribers: [{ subscriptionType: 'SNS', address: alarms.topic.topicArn }],
      })),
    })
  }
}
