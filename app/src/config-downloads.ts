import Joi from 'joi';
import { optional } from './config-setting.ts';

/** The settings of downloads that are prepared as files. */
export const DOWNLOAD_SETTINGS = {
  DOWNLOAD_BUCKET: optional<string>(
    Joi.string().pattern(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'bucket name'),
    'S3 bucket for downloads that are prepared as files; absent means a folder beside the SQLite file, and with DynamoDB that there are none.',
  ),
  S3_ENDPOINT: optional<string>(
    Joi.string().uri({ scheme: ['http', 'https'] }),
    'Address of an S3-compatible server, to which links to files lead as well; absent means AWS itself.',
  ),
} as const;
