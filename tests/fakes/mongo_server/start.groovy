// Starts the database on a free port of this machine. Its own main knows only port 27017.
// Usage: start.groovy FILE   (where it keeps its data)
import de.bwaldvogel.mongo.MongoServer
import de.bwaldvogel.mongo.backend.h2.H2Backend

def server = new MongoServer(new H2Backend(args[0]))
server.bind('127.0.0.1', 0)
println "listens on ${server.localAddress.port}."
