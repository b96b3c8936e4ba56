/** The part of `sessionStorage` that is used. */
export interface TabStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const KEY = 'chain:sid';

/** The name of this tab, by which the server tells its session from those of the browser's other tabs. It outlasts a reload of the page. */
export class Tab {
  sid: string;

  constructor(private readonly storage: TabStorage | undefined) {
    this.sid = this.read() ?? this.rename();
  }

  /** Takes another name: a new session begins by it. */
  rename(): string {
    this.sid = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => (byte % 36).toString(36)).join('');
    try {
      this.storage?.setItem(KEY, this.sid);
    } catch {
      // Where nothing can be kept, the name is that of this page alone.
    }
    return this.sid;
  }

  private read(): string | null | undefined {
    try {
      return this.storage?.getItem(KEY);
    } catch {
      return undefined;
    }
  }
}

/** The storage of the tab; undefined where a browser allows none. */
export function tabStorage(): TabStorage | undefined {
  try {
    return (globalThis as { sessionStorage?: TabStorage }).sessionStorage;
  } catch {
    return undefined;
  }
}
