import { readFileSync } from 'node:fs';

interface KeyAttribute {
  readonly name: string;
  readonly type: 'S';
}

/** What `table.json` says: the one description that the engines, the local set-up and Terraform share. */
export interface TableDescription {
  readonly partition_key: KeyAttribute;
  readonly sort_key: KeyAttribute;
  readonly time_to_live_attribute: string;
  readonly billing_mode: 'PAY_PER_REQUEST';
  readonly table_class: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';
  /** Days that a point-in-time restore can go back. */
  readonly point_in_time_recovery_days: number;
  readonly server_side_encryption: boolean;
  readonly deletion_protection: boolean;
}

/** The file lies beside `package.json`, one level above both the sources and the compiled output. */
const file = new URL('../../table.json', import.meta.url);

export const tableDescription: TableDescription = JSON.parse(readFileSync(file, 'utf8'));
