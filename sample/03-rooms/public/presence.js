/** Who is in a topic, as the server tells it: the whole of it at first, and then differences. phoenix.js has one of its own. */
export class Presence {
  /** The devices of each person, by name. */
  #devices = new Map();
  #changed;

  /** @param changed is told of all people, each with its devices. */
  constructor(changed) {
    this.#changed = changed;
  }

  begin(state) {
    this.#devices = new Map(Object.entries(state).map(([name, { metas }]) => [name, metas]));
    this.#tell();
  }

  change({ joins, leaves }) {
    for (const [name, { metas }] of Object.entries(joins)) this.#devices.set(name, [...this.#without(name, metas), ...metas]);
    for (const [name, { metas }] of Object.entries(leaves)) this.#devices.set(name, this.#without(name, metas));
    for (const [name, metas] of this.#devices) if (metas.length === 0) this.#devices.delete(name);
    this.#tell();
  }

  #without(name, metas) {
    const refs = new Set(metas.map(({ phx_ref: ref }) => ref));
    return (this.#devices.get(name) ?? []).filter(({ phx_ref: ref }) => !refs.has(ref));
  }

  #tell() {
    this.#changed(Array.from(this.#devices, ([name, devices]) => ({ name, devices })));
  }
}
