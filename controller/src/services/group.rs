//! The number of a group of this machine, from its name.
//!
//! Owns: reading the system's list of groups. Refuses: groups that are only known to a directory service: name one of this
//! machine. Holds no state.

use std::io;

const FILE: &str = "/etc/group";

/// Why a group has no number.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// The list cannot be read.
    #[error("{FILE}: {0}")]
    Io(#[from] io::Error),
    /// No such group.
    #[error("there is no group {0:?} in {FILE}: make it (groupadd --system {0}) or change [socket] group")]
    Unknown(String),
}

/// The number of the group.
///
/// # Errors
/// [`GroupError`].
pub(super) fn number(name: &str) -> Result<u32, GroupError> {
    find(&std::fs::read_to_string(FILE)?, name).ok_or_else(|| GroupError::Unknown(name.to_owned()))
}

fn find(groups: &str, name: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        fields.nth(1)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let groups = "root:x:0:\nhemo:x:11:a\nhemostation:x:12:b,c\nbroken\n";
        assert_eq!(find(groups, "hemostation"), Some(12));
        assert_eq!(find(groups, "hemo"), Some(11));
        assert_eq!(find(groups, "hem"), None);
        assert_eq!(find(groups, "broken"), None);
    }
}
