/** What node:http alone takes: a server that reads the body and answers the same bytes, without any scoring. */
import { createServer } from 'node:http'

const reply = Buffer.from('{"result": [3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0, 21.0]}')

createServer((request, response) => {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => {
    Buffer.concat(pieces)
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': reply.length })
    response.end(reply)
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
