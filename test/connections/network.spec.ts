import { describe, expect, it } from '@jest/globals';
import { addressIn } from '../../lib/connections/network.js';

describe('the address in a text from outside', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    [' 1.2.3.4 ', '1.2.3.4'],
    ['1.2.3.4:5678', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:1.2.3.4', '1.2.3.4'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    [`fe80::1%${'x'.repeat(9_000)}`, 'fe80::1'],
    [`[fe80::1%${'x'.repeat(9_000)}]:443`, 'fe80::1'],
    ['[::ffff:1.2.3.4%x]', '1.2.3.4'],
  ])('%j is %s', (text, address) => expect(addressIn(text)).toBe(address));

  it.each([undefined, '', 'unknown', 'example.com', '1.2.3', '1.2.3.4.5', '[1', '\u009b2J', 'A'.repeat(9_000)])('%j is none', (text) =>
    expect(addressIn(text)).toBeUndefined(),
  );
});
