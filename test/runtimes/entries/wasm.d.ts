/** What bundlers make of a binary: a module that is compiled before the program runs. */
declare module '*.wasm' {
  const compiled: WebAssembly.Module
  export default compiled
}

declare module '*.wasm?module' {
  const compiled: WebAssembly.Module
  export default compiled
}
