import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { noteCopy } from '../../lib/common/copies.js';

describe('copies of the package', () => {
  let warn: jest.SpiedFunction<typeof process.emitWarning>;

  beforeEach(() => {
    warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  });

  afterEach(() => warn.mockRestore());

  it('are warned of where one was imported and the other one required', () => {
    const scope = {};
    noteCopy('require', scope);
    expect(warn).not.toHaveBeenCalled();
    noteCopy('import', scope);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('by import and by require()'), { code: 'SIGNALR_TWO_COPIES' });
  });

  it('are warned of once, however many entry points of either are loaded', () => {
    const scope = {};
    for (const manner of ['require', 'require', 'import', 'import', 'require'] as const) noteCopy(manner, scope);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('are warned of where one is asked for nothing but its clients for tests', async () => {
    Reflect.set(globalThis, Symbol.for('nestjs-signalr.loaded'), 'require');
    await import('../../lib/testing/index.js');
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('may be as many as a test runner makes, where all are loaded in the same way', () => {
    const scope = {};
    noteCopy('import', scope);
    noteCopy('import', scope);
    expect(warn).not.toHaveBeenCalled();
  });
});
