import type { Access } from './access-row.ts'

/** It reads all, and writes what names users. */
export const ERASE_ACCESS: Access = {
  role: 'OperationsEraseRole',
  gets: ['Lake/*', 'Models/*'],
  puts: [
    ...['clean/*/events/*', 'clean/*/served/*', 'clean/*/users/*', 'closed/*/*'],
    ...['corrections/*/*', 'counters/*/*', 'deltas/*/*', 'states/*/*/*', 'findings/*'],
    ...['verdicts/*/*', 'samples/*/*', 'preferences/*/*', 'manifests/*/preferences/*'],
  ]
    .map((pattern) => `Lake/${pattern}`)
    .concat(['Models/space-users/*/*', 'Models/models/*/*/evaluation.json']),
  deletes: [
    'Lake/trainer-data/*/*',
    'Models/models/*/*/jobs/qm-*-*/output/output.tar.gz',
    'Models/space-training/*/*',
  ],
  lists: { Lake: ['*'], Models: ['*'] },
  tables: {
    Registry: [
      ...['dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
      ...['dynamodb:Query', 'dynamodb:Scan'],
    ],
    Online: [
      ...['dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PartiQLInsert'],
      ...['dynamodb:PartiQLUpdate', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:Scan'],
      'dynamodb:UpdateItem',
    ],
  },
}
