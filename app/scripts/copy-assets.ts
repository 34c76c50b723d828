import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the service reads beside its code, such as the documentation page: the compiler leaves it behind. */
const from = fileURLToPath(new URL('../src', import.meta.url));
const to = fileURLToPath(new URL('../dist', import.meta.url));

cpSync(from, to, {
  recursive: true,
  filter: (path) => !path.endsWith('.ts'),
});
