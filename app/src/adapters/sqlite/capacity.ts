/** Capacity units as DynamoDB would bill them, so that a cost seen here is the cost in production. */

/** A strongly consistent read: one unit for each 4 KB begun, and at least one. */
export function readUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 4096));
}

/** A write outside a transaction: one unit for each KB begun, and at least one. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1024));
}
