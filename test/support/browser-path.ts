/** Where the browser is that `npm test` has found or installed. */
export function browserPath(): string {
  const path = process.env['CHROME_PATH'];
  if (path) return path;
  throw new Error(
    'No browser was found: start the tests with "npm test", and install the package chromium or set CHROME_PATH to the executable of Chrome or Chromium.',
  );
}
