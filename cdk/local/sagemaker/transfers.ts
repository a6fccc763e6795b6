import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { pack } from 'tar-stream'
import { readEach } from '../../../functions/core/read-each.ts'
import { s3Store } from '../../../functions/core/s3.ts'

const placeOf = (uri: string): { bucket: string; key: string } => {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri)
  if (!match) throw new Error(`not an S3 address: ${uri}`)
  return { bucket: match[1]!, key: match[2]! }
}

async function download(s3: S3Client, bucket: string, key: string, path: string): Promise<void> {
  const bytes = await s3Store(bucket, s3).get(key)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

/** Every object under a prefix, to paths relative to the prefix's last folder. */
export async function downloadPrefix(s3: S3Client, uri: string, folder: string): Promise<number> {
  const { bucket, key: prefix } = placeOf(uri)
  const base = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  let count = 0
  let token: string | undefined
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    )
    const keys = (page.Contents ?? []).map(({ Key }) => Key!)
    await readEach(keys, (name) =>
      download(s3, bucket, name, join(folder, name.slice(base.length))),
    )
    count += keys.length
    token = page.NextContinuationToken
  } while (token)
  return count
}

/** A ManifestFile: `[{"prefix": "s3://…/"}, "relative/path", …]` ("S3DataSource", SageMaker API reference). */
export async function downloadManifest(s3: S3Client, uri: string, folder: string): Promise<number> {
  const { bucket, key } = placeOf(uri)
  const manifest = await s3Store(bucket, s3).get(key)
  const [{ prefix }, ...paths] = JSON.parse(new TextDecoder().decode(manifest)) as [
    { prefix: string },
    ...string[],
  ]
  const base = placeOf(prefix)
  await readEach(paths, (path) =>
    download(s3, base.bucket, `${base.key}${path}`, join(folder, path)),
  )
  return paths.length
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()

/** Every file of a folder, to keys under a prefix. */
export async function uploadFolder(s3: S3Client, folder: string, uri: string): Promise<void> {
  const { bucket, key } = placeOf(uri)
  for (const path of filesIn(folder))
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: `${key}${path}`,
        Body: readFileSync(join(folder, path)),
      }),
    )
}

/** A folder as `.tar.gz`, the same bytes for the same files: sorted, without owners or times. */
export async function uploadArchive(s3: S3Client, folder: string, uri: string): Promise<void> {
  const tar = pack()
  for (const name of filesIn(folder))
    tar.entry(
      { name, mtime: new Date(0), uid: 0, gid: 0, mode: 0o644 },
      readFileSync(join(folder, name)),
    )
  tar.finalize()
  const parts: Buffer[] = []
  for await (const part of tar as AsyncIterable<Buffer>) parts.push(part)
  const { bucket, key } = placeOf(uri)
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: gzipSync(Buffer.concat(parts), { level: 1 }),
    }),
  )
}
