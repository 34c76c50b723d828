/** A file that is written once and then fetched by whoever has a link to it. */
export interface FileRef {
  /** Never used for two files. */
  readonly id: string;
  /** What it is called where it is saved. */
  readonly name: string;
  readonly contentType: string;
}

/** Where finished files lie until they are removed. */
export interface Files {
  /** Stores what comes. If that fails there is no file, or a part that `remove` takes away. */
  write(file: FileRef, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** An address at which the file can be fetched without any other credentials, until then (Unix milliseconds). */
  link(file: FileRef, until: number): Promise<string>;
  /** Removes a file or a part of one; does nothing where there is none. */
  remove(id: string): Promise<void>;
  /** Present where it is this service that hands files out. */
  readonly served?: ServedFiles;
  close(): Promise<void>;
}

/** What a link says, apart from where it leads. */
export interface FileLink extends FileRef {
  /** Unix seconds. */
  readonly expires: number;
  readonly signature: string;
}

export interface ServedFiles {
  /** Throws 403 for a link that is over or was not made here, 404 for a file that is gone. */
  open(link: FileLink): Promise<OpenFile>;
}

export interface OpenFile {
  readonly bytes: number;
  /** Both ends are included. */
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}
