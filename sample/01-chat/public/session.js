/** What the page remembers: the name for the next visit, the rest for as long as this window is open. */
export const session = {
  get name() {
    return read('localStorage', 'chat.name') ?? '';
  },
  set name(name) {
    write('localStorage', 'chat.name', name);
  },

  /** The name under which this window is in the chat, undefined before it is. */
  get presentAs() {
    return read('sessionStorage', 'chat.presentAs');
  },
  set presentAs(name) {
    write('sessionStorage', 'chat.presentAs', name);
  },

  /** The room, '' after leaving, and undefined before the first one. */
  get room() {
    return read('sessionStorage', 'chat.room');
  },
  set room(room) {
    write('sessionStorage', 'chat.room', room);
  },

  /** Tells the server that this is the same window as before, so that it gets its name back. */
  get key() {
    return read('sessionStorage', 'chat.key') ?? write('sessionStorage', 'chat.key', newKey());
  },
};

/** For browsers that store nothing. */
const unstored = new Map();

function read(storage, name) {
  try {
    return globalThis[storage].getItem(name) ?? unstored.get(name);
  } catch {
    return unstored.get(name);
  }
}

function write(storage, name, value) {
  try {
    globalThis[storage].setItem(name, value);
  } catch {
    unstored.set(name, value);
  }
  return value;
}

/** `crypto.randomUUID` is not there when a phone opens the page by the address of a computer, without HTTPS. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (number) => number.toString(36)).join('-');
}
