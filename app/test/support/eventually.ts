const STEP_MS = 5;

/** Waits until something outside of this process has happened; fails if it does not within `ms`. */
export async function eventually(holds: () => boolean | Promise<boolean>, ms = 8_000): Promise<void> {
  for (const until = performance.now() + ms; !(await holds()); ) {
    if (performance.now() > until) throw new Error(`This did not happen within ${ms} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}
