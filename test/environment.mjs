import hooks from 'node:async_hooks';
import { TestEnvironment } from 'jest-environment-node';

const { AsyncLocalStorage } = hooks;

/** Says which test runs, as long as no two run at once: until its promise is settled, that is the one that began last. */
class RunningTest {
  getStore() {
    return this.store;
  }

  async run(store, test) {
    const outer = this.store;
    this.store = store;
    try {
      return await test();
    } finally {
      this.store = outer;
    }
  }
}

/**
 * Node as Jest has it, but for what follows promises: on Node 20 an `AsyncLocalStorage` in use is told of each promise there is. Jest makes one for
 * every suite, the first one, and never disables it. It gets something simpler, and what others of a suite left is disabled.
 */
export default class SuiteEnvironment extends TestEnvironment {
  storages = [];

  async setup() {
    await super.setup();
    const { storages } = this;
    const followed = class extends AsyncLocalStorage {
      constructor(...args) {
        super(...args);
        storages.push(this);
      }
    };
    hooks.AsyncLocalStorage = function simpler() {
      hooks.AsyncLocalStorage = followed;
      return new RunningTest();
    };
  }

  async teardown() {
    hooks.AsyncLocalStorage = AsyncLocalStorage;
    for (const storage of this.storages) storage.disable();
    await super.teardown();
  }
}
