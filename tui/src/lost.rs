//! Why there is no connection to the daemon.
//!
//! Owns: the reasons. Refuses: words. Holds no state.

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostWhy {
    /// The first attempt is under way.
    Connecting,
    /// Nobody listens at the socket: the daemon does not run, or has another socket.
    NoDaemon,
    /// This user may not open the socket.
    NotAllowed,
    /// The daemon closed the connection.
    Closed,
    /// Nothing was heard for three seconds.
    Silent,
    /// What arrives cannot be understood: another version of the daemon.
    NotUnderstood,
}
