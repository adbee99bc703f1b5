/** What is compressed is damaged, or asks for too much; its beginning may have been delivered. */
export class UnpackError extends Error {}
