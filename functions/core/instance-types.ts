/** The resources of a training instance. */
export interface InstanceType {
  vCpus: number
  memoryGiB: number
  /** Local NVMe disks. 0: the disk is an EBS volume, and the scene gives its size. */
  localDiskGB: number
}

interface Family {
  /** The memory of an xlarge, which has four vCPUs. A 2xlarge has twice as much, a large half. */
  memoryGiB: number
  localDiskGB?: number
  sizes: string
}

/**
 * Families whose sizes are multiples of their xlarge. Source: "Amazon EC2 instance types" (AWS
 * documentation, tables of general purpose, compute optimized and memory optimized instances). The
 * sizes are those of TrainingInstanceType in the SDK.
 */
const FAMILIES: Readonly<Record<string, Family>> = {
  m5: { memoryGiB: 16, sizes: 'large xlarge 2xlarge 4xlarge 12xlarge 24xlarge' },
  m6i: {
    memoryGiB: 16,
    sizes: 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge',
  },
  m7i: {
    memoryGiB: 16,
    sizes: 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge',
  },
  c5: { memoryGiB: 8, sizes: 'xlarge 2xlarge 4xlarge 9xlarge 18xlarge' },
  c5n: { memoryGiB: 10.5, sizes: 'xlarge 2xlarge 4xlarge 9xlarge 18xlarge' },
  c6i: {
    memoryGiB: 8,
    sizes: 'xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge',
  },
  c7i: {
    memoryGiB: 8,
    sizes: 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge',
  },
  r5: {
    memoryGiB: 32,
    sizes: 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge',
  },
  r5d: {
    memoryGiB: 32,
    localDiskGB: 150,
    sizes: 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge',
  },
  r6i: {
    memoryGiB: 32,
    sizes: 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge',
  },
  r7i: {
    memoryGiB: 32,
    sizes: 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge',
  },
}

/** Types whose disks are not multiples: vCPUs, GiB, GB. Same source, accelerated computing. */
const OTHERS: Readonly<Record<string, readonly [number, number, number]>> = {
  'ml.g4dn.xlarge': [4, 16, 125],
  'ml.g4dn.2xlarge': [8, 32, 225],
  'ml.g4dn.4xlarge': [16, 64, 225],
  'ml.g4dn.8xlarge': [32, 128, 900],
  'ml.g4dn.12xlarge': [48, 192, 900],
  'ml.g4dn.16xlarge': [64, 256, 900],
  'ml.g5.xlarge': [4, 16, 250],
  'ml.g5.2xlarge': [8, 32, 450],
  'ml.g5.4xlarge': [16, 64, 600],
  'ml.g5.8xlarge': [32, 128, 900],
  'ml.g5.12xlarge': [48, 192, 3800],
  'ml.g5.16xlarge': [64, 256, 1900],
  'ml.g5.24xlarge': [96, 384, 3800],
  'ml.g5.48xlarge': [192, 768, 7600],
  'ml.p3.2xlarge': [8, 61, 0],
  'ml.p3.8xlarge': [32, 244, 0],
  'ml.p3.16xlarge': [64, 488, 0],
  'ml.p3dn.24xlarge': [96, 768, 1800],
  'ml.p4d.24xlarge': [96, 1152, 8000],
  'ml.p4de.24xlarge': [96, 1152, 8000],
  'ml.p5.48xlarge': [192, 2048, 30_720],
}

const inXlarges = (size: string): number =>
  size === 'large' ? 0.5 : Number(size.replace('xlarge', '') || 1)

/** The resources of an instance type. Null: the type is not in these tables. */
export function instanceTypeOf(name: string): InstanceType | null {
  const other = OTHERS[name]
  if (other) return { vCpus: other[0], memoryGiB: other[1], localDiskGB: other[2] }
  const [, familyName = '', size = ''] = name.split('.')
  const family = FAMILIES[familyName]
  if (!family?.sizes.split(' ').includes(size)) return null
  const multiple = inXlarges(size)
  return {
    vCpus: 4 * multiple,
    memoryGiB: family.memoryGiB * multiple,
    localDiskGB: (family.localDiskGB ?? 0) * multiple,
  }
}

/**
 * Whether the instance has local NVMe disks. SageMaker then attaches no EBS volume, and a request may
 * give no size and no key for one ("CreateTrainingJob", ResourceConfig). A type that is not in these
 * tables is judged by its name: a `d` after the generation means local disks ("Amazon EC2 instance
 * type naming conventions"). Families of GPUs and accelerators since g5 have them too.
 */
export function hasLocalDisk(name: string): boolean {
  const type = instanceTypeOf(name)
  return type ? type.localDiskGB > 0 : /^ml\.([a-z]+\d+[a-z]*d|g[5-9]|p[5-9]|trn)/.test(name)
}
