/** Where to listen, as it is given on the command line. */
export interface Address {
  readonly host: string
  /** 0 for one that is free. */
  readonly port: number
}

/** Only this machine can connect here, unless another host is named. */
const LOOPBACK = '127.0.0.1'
const MOST_PORT = 65535

/** `port`, `host:port` or `[host]:port`, the brackets for IPv6; undefined when it is none of these. */
export function addressOf(text: string): Address | undefined {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:[\]\s]+)):)?(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  return port <= MOST_PORT ? { host: bracketed ?? plain ?? LOOPBACK, port } : undefined
}

export const addressText = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
