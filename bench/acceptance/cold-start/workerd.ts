/** A Worker that goes through the stages. Its own clock stands still while it computes: it asks its host for the time. */
import { type Start, stages } from './stages.ts'

interface Env {
  readonly HOST: { fetch(url: string): Promise<Response> }
}

export default {
  async fetch(_request: Request, { HOST }: Env): Promise<Response> {
    const start = (await (await HOST.fetch('http://host/start')).json()) as Start
    const now = async () => Number(await (await HOST.fetch('http://host/now')).text())
    return Response.json(await stages(start, now))
  },
}
