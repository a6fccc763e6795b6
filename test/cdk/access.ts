import type { Access } from './access-row.ts'
import { AUDIT_ACCESS } from './audit-access.ts'
import { ERASE_ACCESS } from './erase-access.ts'
import { GRAPHS, SPACE_ACCESS, SPACE_USERS, SPACES } from './space-access.ts'

const LAKE = 'Lake/'
const MODELS = 'Models/'
const under = (bucket: string, ...patterns: string[]): string[] =>
  patterns.map((pattern) => `${bucket}${pattern}`)
const DROPS = 'manifests/*/drops/*'
const CLOSINGS = 'manifests/*/closings/*'
const PLAN = `${CLOSINGS}/plan.json`
const NEXT = `${CLOSINGS}/next.json`
const SEAL = `${CLOSINGS}/seal.json`
const CLOSED = `${CLOSINGS}/account-*.json`
const BEGUN = `${CLOSINGS}/begun-*-*.json`
const PARTS = 'samples/*/*/part-*.parquet'
const PAIRS = 'samples/*/*/pairs-*.parquet'
const SEQUENCES = 'samples/*/*/sequences-*.parquet'
const PART_ACCOUNTS = 'samples/*/*/part-*.json'
const SAMPLE_MANIFESTS = 'samples/*/*/manifest.json'
const RUNS = 'manifests/*/runs/*'
/** What is said of answers, without users. */
const ANSWERS = 'answer-reports/*/*'
const PARITY = 'parity/*/*'
const SEARCH_QUERIES = 'search-queries/*/*'
const VERDICTS = 'verdicts/*/*'
const READ = ['dynamodb:GetItem', 'dynamodb:Query']
const READ_UPDATE = [
  ...['dynamodb:GetItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate', 'dynamodb:Query'],
  'dynamodb:UpdateItem',
]
const READ_WRITE = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']
/** A role that reaches no object. */
const onTables = (role: string, tables: Access['tables']): Access => ({
  ...{ role, gets: [], puts: [], lists: {}, tables },
})

export const ACCESS: Access[] = [
  {
    role: 'IntakeRole',
    gets: ['Raw/raw/*', ...under(LAKE, DROPS, 'signatures/*/*')],
    getsVersions: ['Raw/raw/*'],
    puts: [
      'Quarantine/quarantine/*/*',
      ...under(
        LAKE,
        'clean/*/documents/*',
        'clean/*/events/*',
        'clean/*/items/*',
        'clean/*/served/*',
        'clean/*/users/*',
      ),
      ...under(LAKE, DROPS, 'signatures/*/*'),
    ],
    lists: { Raw: ['raw/*'], Lake: [DROPS, 'signatures/*/*'] },
    tables: {},
  },
  {
    role: 'TrainPlanRole',
    gets: [
      ...under(LAKE, PLAN, NEXT, SEAL, DROPS, RUNS, VERDICTS),
      ...under(MODELS, 'models/*/*/manifest.json'),
    ],
    puts: under(LAKE, PLAN, NEXT, RUNS),
    lists: {
      Lake: [
        ...[DROPS, CLOSINGS, RUNS, 'closed/*/*', 'counters/*/*', 'clean/*/events/*'],
        ...['states/*/*/*', VERDICTS, 'clean/*/items/*', 'clean/*/users/*', 'samples/*/*'],
      ],
    },
    tables: { Registry: READ_WRITE, Online: READ },
  },
  {
    role: 'TrainIncrementRole',
    gets: [
      ...under(LAKE, PARTS),
      ...under(MODELS, 'models/*/*/model.qmm', 'models/*/*/models.manifest', 'models/*/*/run/*'),
      ...under(MODELS, 'models/*/*/samples.manifest'),
    ],
    puts: under(
      MODELS,
      'models/*/*/jobs/qm-*-*/output/model.tar.gz',
      'models/*/*/jobs/qm-*-*/output/output.tar.gz',
    ),
    lists: {},
    tables: {},
  },
  {
    role: 'ClosingCloseRole',
    gets: under(LAKE, 'clean/*/events/*', 'closed/*/*', RUNS),
    puts: under(LAKE, 'closed/*/*', 'counters/*/*', CLOSED, BEGUN),
    lists: {},
    tables: {},
  },
  {
    role: 'AnticheatScreenRole',
    gets: under(LAKE, 'closed/*/*', RUNS),
    puts: under(LAKE, 'findings/*'),
    lists: { Lake: ['closed/*/*'] },
    tables: {},
  },
  {
    role: 'AnticheatVerdictsRole',
    gets: under(LAKE, 'closed/*/*', 'corrections/*/*', 'findings/*', RUNS, VERDICTS),
    puts: under(LAKE, 'corrections/*/*', 'counters/*/*', VERDICTS),
    lists: { Lake: ['closed/*/*', VERDICTS, 'corrections/*/*'] },
    tables: { Registry: READ, Online: ['dynamodb:BatchWriteItem', 'dynamodb:PutItem'] },
  },
  {
    role: 'FeaturesNearlineRole',
    gets: under(LAKE, 'clean/*/events/*', 'clean/*/items/*', 'clean/*/users/*', DROPS),
    puts: under(LAKE, 'deltas/*/*'),
    lists: { Lake: [DROPS, 'clean/*/events/*', 'clean/*/items/*', 'clean/*/users/*'] },
    tables: {
      Online: [...['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem'], ...READ_UPDATE],
    },
  },
  {
    role: 'FeaturesStatesRole',
    gets: [
      ...under(LAKE, 'clean/*/items/*', 'clean/*/users/*', 'closed/*/*', 'corrections/*/*'),
      ...under(LAKE, PLAN, RUNS),
    ],
    puts: under(LAKE, 'states/*/*/*'),
    lists: { Lake: ['clean/*/items/*', 'clean/*/users/*'] },
    tables: {},
  },
  {
    role: 'FeaturesFoldRole',
    gets: [
      ...under(LAKE, 'clean/*/events/*', 'counters/*/*', PLAN, DROPS, RUNS),
      ...under(LAKE, 'states/*/*/*'),
    ],
    puts: [],
    lists: { Lake: ['counters/*/*', 'states/*/*/*', DROPS, 'clean/*/events/*'] },
    tables: {
      Online: ['dynamodb:BatchGetItem', ...READ_UPDATE],
    },
  },
  {
    role: 'FeaturesAdvanceRole',
    gets: under(LAKE, RUNS),
    puts: [],
    lists: {},
    tables: { Registry: READ, Online: READ_WRITE },
  },
  {
    role: 'SamplesRole',
    gets: [
      ...under(LAKE, 'clean/*/items/*', 'clean/*/users/*', 'clean/*/events/*', DROPS),
      ...under(LAKE, 'closed/*/*', 'corrections/*/*', 'counters/*/*', 'deltas/*/*', RUNS),
      ...under(LAKE, 'states/*/*/*', VERDICTS, PLAN),
      ...under(MODELS, GRAPHS, SPACES, SPACE_USERS),
    ],
    puts: under(LAKE, PARTS, PART_ACCOUNTS, PAIRS, SEQUENCES),
    lists: { Lake: ['states/*/*/*', 'deltas/*/*', DROPS], Models: [GRAPHS] },
    tables: {},
  },
  {
    role: 'TrainStartRole',
    gets: under(LAKE, CLOSED, PLAN, RUNS, PART_ACCOUNTS, SAMPLE_MANIFESTS),
    puts: [
      ...under(LAKE, SEAL, SAMPLE_MANIFESTS),
      ...under(MODELS, 'models/*/*/manifest.json', 'models/*/*/models.manifest'),
      ...under(MODELS, 'models/*/*/run/run.json', 'models/*/*/samples.manifest'),
    ],
    lists: { Lake: ['samples/*/*'] },
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'TrainTrainingRole',
    gets: [
      ...under(LAKE, PARTS, PAIRS, SEQUENCES),
      ...under(MODELS, 'models/*/*/checkpoints/*', 'models/*/*/model.qmm'),
      ...under(MODELS, 'models/*/*/models.manifest', 'models/*/*/run/*'),
      ...under(MODELS, 'models/*/*/samples.manifest'),
    ],
    puts: under(MODELS, 'models/*/*/checkpoints/*', 'models/*/*/jobs/*'),
    lists: {
      Lake: ['samples/*/*'],
      Models: [
        ...['models/*/*/run/*', 'models/*/*/samples.manifest', 'models/*/*/models.manifest'],
        ...['models/*/*/model.qmm', 'models/*/*/checkpoints/*', 'models/*/*/jobs/*'],
      ],
    },
    tables: {},
  },
  ...SPACE_ACCESS,
  AUDIT_ACCESS,
  ERASE_ACCESS,
  {
    role: 'EvaluateRole',
    gets: under(
      MODELS,
      'models/*/*/evaluation.json',
      'models/*/*/jobs/qm-*-*/output/model.tar.gz',
      'models/*/*/jobs/qm-*-*/output/output.tar.gz',
    ),
    puts: under(MODELS, 'models/*/*/evaluation.json', 'models/*/*/model.qmm'),
    lists: { Models: ['models/*/*/jobs/*', 'models/*/*/evaluation.json'] },
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'ReleaseRole',
    gets: [
      ...under(LAKE, 'clean/*/items/*', 'clean/*/users/*'),
      ...under(MODELS, GRAPHS, SPACES, 'models/*/*/model.qmm', 'search/*/*'),
    ],
    puts: [],
    lists: { Lake: ['clean/*/items/*', 'clean/*/users/*'] },
    tables: {
      Registry: READ_WRITE,
      Online: [...['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem'], ...READ_UPDATE],
    },
  },
  onTables('OperationsLineageRole', { Registry: READ }),
  {
    role: 'OperationsExplainRole',
    gets: under(MODELS, 'models/*/*/evaluation.json', 'models/*/*/manifest.json'),
    puts: [],
    lists: { Models: ['models/*/*/evaluation.json', 'models/*/*/manifest.json'] },
    tables: { Registry: READ },
  },
  {
    role: 'OperationsFeaturesRole',
    gets: [...under(LAKE, PARITY), ...under(MODELS, 'models/*/*/model.qmm')],
    puts: [],
    lists: { Lake: [PARITY], Models: ['models/*/*/model.qmm'] },
    tables: { 'Online,Registry': READ },
  },
  {
    role: 'OperationsPromoteRole',
    gets: under(MODELS, 'models/*/*/model.qmm'),
    puts: [],
    lists: { Models: ['models/*/*/model.qmm'] },
    tables: { Registry: READ_WRITE },
  },
  onTables('OperationsRollbackRole', { Registry: READ_WRITE }),
  onTables('OperationsFreezeRole', { Registry: READ_WRITE }),
  onTables('OperationsThawRole', { Registry: READ_WRITE }),
  {
    role: 'OperationsExcludeRole',
    gets: [...under(LAKE, SAMPLE_MANIFESTS), ...under(MODELS, 'models/*/*/manifest.json')],
    puts: [],
    lists: { Lake: [SAMPLE_MANIFESTS], Models: ['models/*/*/manifest.json'] },
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'OperationsExcludecheatsRole',
    gets: [
      ...under(LAKE, SAMPLE_MANIFESTS, VERDICTS),
      ...under(MODELS, 'models/*/*/manifest.json'),
    ],
    puts: [],
    lists: { Lake: [SAMPLE_MANIFESTS, VERDICTS], Models: ['models/*/*/manifest.json'] },
    tables: { Registry: READ_WRITE },
  },
  ...['OperationsFlagRole', 'OperationsClearRole'].map((role) => ({
    role,
    gets: under(LAKE, VERDICTS),
    puts: under(LAKE, VERDICTS),
    lists: { Lake: [VERDICTS] },
    tables: {
      Registry: READ_WRITE,
      Online: ['dynamodb:BatchWriteItem', 'dynamodb:PutItem'],
    },
  })),
  onTables('OperationsRunRole', {}),
  {
    role: 'OperationsCollectRole',
    gets: [],
    puts: [],
    deletes: under(MODELS, 'models/*/*/model.qmm', 'models/*/*/jobs/*', 'models/*/*/checkpoints/*'),
    lists: { Models: ['models/*/*'] },
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'ReportRole',
    gets: [
      ...under(LAKE, ANSWERS, CLOSED, DROPS, PARITY, SEARCH_QUERIES, VERDICTS),
      ...under(MODELS, GRAPHS, SPACES),
    ],
    puts: under(MODELS, 'reports/*/report.html'),
    lists: {
      Lake: [DROPS, CLOSINGS, PARITY, SEARCH_QUERIES, ANSWERS, VERDICTS],
      Models: [SPACES],
    },
    tables: { 'Online,Registry': READ },
  },
]
