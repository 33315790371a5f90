//! The nurse terminal: a client of the control socket.
