import { createHash } from 'node:crypto';
import type { ResolvedChainCookie } from './chain.options.js';
import { Signer } from './chain.signature.js';

/** How many bytes the JSON of a cookie may have: signed and with its attributes it has to stay below the 4,096 bytes that browsers keep. */
const LONGEST = 2_600;

/** Which session each tab of a browser has, by the name of the tab. */
export type TabSessions = Map<string, string>;

/** The cookie by which browsers come back to their sessions. Only the server can write it, and no script can read it. */
export class TabCookie {
  private readonly name: string;
  private readonly signer: Signer;
  private readonly attributes: string;

  /** @param path - of the requests that it goes with. */
  constructor(options: ResolvedChainCookie, secrets: readonly string[], path: string) {
    this.name = options.name ?? `_sse_${createHash('md5').update(path).digest('hex').slice(0, 8)}`;
    this.signer = new Signer(secrets);
    this.attributes = attributesOf(options, path);
  }

  /** The sessions that a request brings; none where it brings no cookie of ours. */
  read(header: string | undefined): TabSessions {
    for (const value of valuesOf(header ?? '', this.name)) {
      const text = this.signer.verify(value);
      if (text !== undefined) return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
    }
    return new Map();
  }

  /** The header that lets a browser keep these, the oldest ones left out where there are too many. */
  write(sessions: TabSessions): string {
    const entries = Array.from(sessions);
    let text = textOf(entries);
    while (Buffer.byteLength(text) > LONGEST) {
      entries.shift();
      text = textOf(entries);
    }
    return `${this.name}=${this.signer.sign(text)}${this.attributes}`;
  }
}

/** As own properties, whatever the names. */
function textOf(entries: readonly (readonly [string, string])[]): string {
  return JSON.stringify(Object.fromEntries(entries));
}

/** A browser may have several cookies of a name, by different paths. */
function valuesOf(header: string, name: string): string[] {
  const pairs = header.split(/;\s*/).filter((pair) => pair.startsWith(`${name}=`));
  return pairs.map((pair) => pair.slice(name.length + 1));
}

function attributesOf({ domain, path, secure, sameSite, maxAge }: ResolvedChainCookie, ownPath: string): string {
  const parts = [`Path=${path ?? ownPath}`, `Max-Age=${maxAge}`, 'HttpOnly', `SameSite=${sameSite}`];
  if (domain !== undefined) parts.push(`Domain=${domain}`);
  if (secure) parts.push('Secure');
  return parts.map((part) => `; ${part}`).join('');
}
