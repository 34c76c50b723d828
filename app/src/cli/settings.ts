/** Prints docs/settings.md: `node src/cli/settings.ts > ../docs/settings.md`. */
import { settingsPage } from '../config.ts';

process.stdout.write(settingsPage());
