/** What the page remembers: the name for the next visit, the rest for as long as this window is open. */
export const session = {
  get name() {
    return read('localStorage', 'rooms.name') ?? '';
  },
  set name(name) {
    write('localStorage', 'rooms.name', name);
  },

  /** 'phoenix' or 'chain'; '' for who is in no room. */
  get client() {
    return read('sessionStorage', 'rooms.client') ?? '';
  },
  set client(client) {
    write('sessionStorage', 'rooms.client', client);
  },

  get room() {
    return read('sessionStorage', 'rooms.room') ?? 'Lobby';
  },
  set room(room) {
    write('sessionStorage', 'rooms.room', room);
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
}
