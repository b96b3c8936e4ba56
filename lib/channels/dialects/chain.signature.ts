import { createHmac, timingSafeEqual } from 'node:crypto';

/** The header of what is signed with HMAC-SHA256, as it has always stood there: `HS256` in base64. */
const HEADER = 'SFMyNTY';

/** Signs texts, and knows what it has signed: `SFMyNTY.{text}.{signature}`, both in base64url. */
export class Signer {
  /** @param secrets - the first signs; what one of the others has signed is still known, so that secrets can be changed. */
  constructor(private readonly secrets: readonly string[]) {}

  sign(text: string): string {
    const signed = `${HEADER}.${Buffer.from(text).toString('base64url')}`;
    return `${signed}.${signatureOf(signed, this.secrets[0]).toString('base64url')}`;
  }

  /** The text that was signed; undefined for what was not signed here. */
  verify(signed: string): string | undefined {
    const end = signed.lastIndexOf('.');
    const [header, text] = signed.slice(0, end).split('.');
    if (header !== HEADER || text === undefined) return undefined;
    const signature = Buffer.from(signed.slice(end + 1), 'base64url');
    const isOurs = this.secrets.some((secret) => isSame(signature, signatureOf(signed.slice(0, end), secret)));
    return isOurs ? Buffer.from(text, 'base64url').toString() : undefined;
  }
}

function signatureOf(signed: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(signed).digest();
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
