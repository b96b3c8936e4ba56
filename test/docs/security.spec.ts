import { describe, expect, it } from '@jest/globals';
import { appFrom } from '../support/app-of.js';
import { examplesThatNobodyRuns } from './pages.js';
import { LimitedModule } from './security/limits.js';

describe('docs/security.md', () => {
  it('has no example that is not compiled here', () => expect(examplesThatNobodyRuns('security')).toEqual([]));

  it('has limits that an application starts with', async () => {
    await expect(appFrom({ imports: [LimitedModule] })).resolves.toBeDefined();
  });
});
