//! The daemon and its command line: control thread, journal, store, upstream, operators, control socket.
