type Env = Readonly<Record<string, string | undefined>>;

/** Set by the platforms that hand out credentials; the SDK reads them itself. */
const CREDENTIAL_SETTINGS = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
];
/** For local servers, which accept any: nobody's own keys are read for them. */
const SAMPLE_CREDENTIALS = { accessKeyId: 'sample', secretAccessKey: 'sample' };

/** What a client is told of credentials: nothing, unless it speaks to a local server and the environment has none. */
export function localCredentials(endpoint: string | undefined, env: Env) {
  const isLocal = endpoint !== undefined && !CREDENTIAL_SETTINGS.some((name) => env[name]);
  return isLocal ? { credentials: SAMPLE_CREDENTIALS } : {};
}
