import Joi from 'joi';
import type { ServedFiles } from '../../../kernel/files.ts';
import type { Answer, Call, Route } from '../../domain.ts';

const query = Joi.object({
  name: Joi.string().max(300).required().description('What the file is to be called.'),
  type: Joi.string().max(200).required().description('Its media type.'),
  expires: Joi.number().integer().min(0).required().description('When the link is over, in Unix seconds.'),
  signature: Joi.string().max(200).required(),
});

/** Hands out files to whoever has a link, where no bucket does it. */
export function fileRoutes(served: ServedFiles): Route[] {
  async function fetch({ params, query: asked, range }: Call): Promise<Answer> {
    const { name, type: contentType, expires, signature } = asked;
    const file = await served.open({ id: params.id!, name, contentType, expires, signature });
    const part = partOf(range, file.bytes);
    const headers = {
      'Content-Disposition': `attachment; filename="${name}"`,
      'Accept-Ranges': 'bytes',
      'Content-Length': String(part.to - part.from + 1),
      ...(part.isWhole ? {} : { 'Content-Range': `bytes ${part.from}-${part.to}/${file.bytes}` }),
    };
    const stream = file.bytes === 0 ? nothing() : file.read(part.from, part.to);
    return { status: part.isWhole ? 200 : 206, stream, contentType, headers, etag: `"${params.id}"` };
  }

  const content = { schema: Joi.any(), types: ['application/x-ndjson', 'text/csv', 'application/json'] };
  return [
    {
      method: 'GET',
      path: '/files/:id',
      operation: 'fetchFile',
      summary:
        'Fetch a file by a signed link, as a download has it; in parts if the request says so (`Range`).',
      permission: 'public',
      params: { id: Joi.string().max(100).description('Id of the file.') },
      query,
      responses: {
        200: { description: 'The file.', ...content },
        206: { description: 'The part of it that was asked for.', ...content },
      },
      failures: [404],
      handler: fetch,
    },
  ];
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** What a `Range` header asks for. One that cannot be met, or asks for several parts, is answered with the whole. */
function partOf(range: string | undefined, bytes: number) {
  const whole = { from: 0, to: bytes - 1, isWhole: true };
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === '' && last === '') return whole;
  const from = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  return from > to ? whole : { from, to, isWhole: false };
}
