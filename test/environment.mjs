import hooks from 'node:async_hooks';
import { TestEnvironment } from 'jest-environment-node';

const { AsyncLocalStorage } = hooks;

/**
 * Node as Jest has it, without what the suites before have left: Jest makes an `AsyncLocalStorage` for every suite and never disables it, so that on
 * Node 20 each promise is told to those of all suites that the process has run.
 */
export default class SuiteEnvironment extends TestEnvironment {
  storages = [];

  async setup() {
    await super.setup();
    const { storages } = this;
    hooks.AsyncLocalStorage = class extends AsyncLocalStorage {
      constructor(...args) {
        super(...args);
        storages.push(this);
      }
    };
  }

  async teardown() {
    hooks.AsyncLocalStorage = AsyncLocalStorage;
    for (const storage of this.storages) storage.disable();
    await super.teardown();
  }
}
