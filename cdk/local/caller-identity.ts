import { uuidOf } from './identifiers.ts'
import { ACCOUNT, type Service } from './ports.ts'
import { refuse } from './refusal.ts'
import { readBody } from './request-body.ts'

const MAX_REQUEST_BYTES = 64 * 1024

/** GetCallerIdentity of STS, by its Query protocol. Users often call it first on a new endpoint. */
export function callerIdentityService(): Service {
  let requests = 0
  return {
    signingName: 'sts',
    async handle(request, response, { stage, role }) {
      const body = await readBody(request, MAX_REQUEST_BYTES)
      const action = new URLSearchParams(body?.toString('utf8')).get('Action')
      if (action !== 'GetCallerIdentity') {
        const message = `The local sts does not support "${action}"; it has GetCallerIdentity`
        refuse(request, response, {
          status: 400,
          code: 'InvalidAction',
          message,
          signingName: 'sts',
        })
        return
      }
      const arn =
        role === null
          ? `arn:aws:iam::${ACCOUNT}:user/${stage}`
          : `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${stage}`
      const requestId = uuidOf(`request ${++requests} to sts`)
      response.writeHead(200, { 'content-type': 'text/xml' })
      response.end(
        `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>${role ?? stage}</UserId><Account>${ACCOUNT}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
      )
    },
  }
}
