import { type RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib'
import type { Key } from 'aws-cdk-lib/aws-kms'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { FIRST_PRODUCER } from '../functions/contract/signature.ts'

interface SecretProps {
  key: Key
  removalPolicy: RemovalPolicy
}
/** 64 letters and digits: 380 bits. */
const RANDOM = { passwordLength: 64, excludePunctuation: true } as const

/** The key of the hash that stands for a person past intake. */
export function createIdentitySecret(stack: Stack, { key, removalPolicy }: SecretProps): Secret {
  const secret = new Secret(stack, 'IdentitySecret', {
    description: 'Quartermaster: the key of the hash that stands for a person past intake',
    encryptionKey: key,
    generateSecretString: RANDOM,
    removalPolicy,
  })
  Validations.of(secret).acknowledge({
    id: 'AwsSolutions-SMG4',
    reason:
      'A rotated secret gives every person a new hash: the past would no longer join the present, in samples, counts and models alike.',
  })
  return secret
}

/**
 * The keys by which producers sign their drops, as JSON by producer. The first deployment generates one;
 * operators put further ones. CloudFormation generates again if these properties change, so they must
 * stay as they are.
 */
export function createProducersSecret(stack: Stack, { key, removalPolicy }: SecretProps): Secret {
  const secret = new Secret(stack, 'ProducersSecret', {
    description: 'Quartermaster: the keys by which producers sign their drops',
    encryptionKey: key,
    generateSecretString: {
      ...RANDOM,
      secretStringTemplate: '{}',
      generateStringKey: FIRST_PRODUCER,
    },
    removalPolicy,
  })
  Validations.of(secret).acknowledge({
    id: 'AwsSolutions-SMG4',
    reason:
      'Producers hold the same keys, so a rotation needs their part: an operator adds a second key, and removes the first once no producer signs with it.',
  })
  return secret
}
