/** Let everything else that is waiting take its turn. */
export const pause = () => new Promise<void>(resolve => setTimeout(resolve))
