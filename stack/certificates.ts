/** Certificates for tests of TLS, made by the JDK's keytool. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Certificates {
  /** A PKCS12 file with the server's key and certificate. */
  readonly keystore: string
  readonly password: string
  /** PEM text: who trusts it trusts the server. */
  readonly ca: string
}

export interface CertificateOptions {
  /** Of a JDK or JRE of version 18 or later. */
  readonly javaBin: string
  /** Is made where it does not exist. */
  readonly folder: string
  /** The server's certificate has been out of date since two days ago. */
  readonly expired?: boolean
}

/** A new authority, and a certificate for localhost and 127.0.0.1 signed by it, each valid for two days. Takes some 2 s. */
export async function makeCertificates({
  javaBin,
  folder,
  expired = false,
}: CertificateOptions): Promise<Certificates> {
  mkdirSync(folder, { recursive: true })
  const keystore = join(folder, 'server.p12')
  const password = 'darkroom'
  const ca = join(folder, 'ca.pem')
  const keytool = (...args: string[]) =>
    promisify(execFile)(join(javaBin, 'keytool'), [
      ...args,
      '-keystore',
      keystore,
      '-storetype',
      'PKCS12',
      '-storepass',
      password,
    ])
  const newKey = ['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '2']
  await keytool(...newKey, '-alias', 'ca', '-dname', 'CN=Darkroom test authority', '-ext', 'bc:c')
  await keytool(
    ...newKey,
    '-alias',
    'server',
    '-dname',
    'CN=localhost',
    '-ext',
    'san=dns:localhost,ip:127.0.0.1',
    '-signer',
    'ca',
    '-startdate',
    expired ? '-4d' : '-1H',
  )
  await keytool('-exportcert', '-rfc', '-alias', 'ca', '-file', ca)
  // A server that finds two keys in its store may show either.
  await keytool('-delete', '-alias', 'ca')
  return { keystore, password, ca: readFileSync(ca, 'utf8') }
}
