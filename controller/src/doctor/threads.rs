//! Whether the threads that have to be in time come before all others.
//!
//! Owns: what the kernel says of a process's threads. Refuses: to keep what it tries: a thread of its own asks for precedence and
//! ends. Holds no state.

use super::{Finding, Grade, finding};
use crate::run::realtime::{self, Precedence};
use std::fs;
use std::path::Path;

/// The daemon's thread that moves clamps.
const CONTROL: &str = "control";
/// SCHED_FIFO and SCHED_RR.
const REAL_TIME: [&str; 2] = ["1", "2"];
/// Fields of a thread's `stat` behind its name in brackets: its priority among real-time threads, and which kind it is of.
const PRIORITY: usize = 37;
const POLICY: usize = 38;

/// Whether the daemon's control thread has precedence, or one here could have it.
pub(super) fn precedence(root: &Path, daemon: Option<&String>) -> Finding {
    let advice =
        "run as the service unit does (LimitRTPRIO=, CAP_SYS_NICE), with chrt of util-linux installed";
    let without = "no real-time scheduling: a busy machine can delay the clamp";
    if let Some(priority) = daemon.and_then(|process| control_thread(root, process)) {
        return match priority {
            Some(priority) => finding(
                "precedence",
                Grade::Good,
                format!("the control thread runs in real time, priority {priority}"),
                "",
            ),
            None => finding("precedence", Grade::Note, without, advice),
        };
    }
    let limit = limit(root).map(|limit| format!(" (limit {limit})")).unwrap_or_default();
    match std::thread::spawn(realtime::attempt).join() {
        Ok(Precedence::Fifo) => {
            finding("precedence", Grade::Good, format!("real-time scheduling is allowed{limit}"), "")
        }
        Ok(Precedence::Ordinary) | Err(_) => {
            finding("precedence", Grade::Note, format!("{without}{limit}"), advice)
        }
    }
}

/// The real-time priority of a process's control thread; `Some(None)` when it is an ordinary one, `None` when it cannot be seen.
fn control_thread(root: &Path, process: &str) -> Option<Option<u32>> {
    let threads = fs::read_dir(root.join("proc").join(process).join("task")).ok()?;
    let is_control =
        |path: &Path| fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == CONTROL);
    let control = threads.flatten().map(|thread| thread.path()).find(|path| is_control(path))?;
    let stat = fs::read_to_string(control.join("stat")).ok()?;
    // The name may hold anything, brackets too.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let is_real_time = REAL_TIME.contains(fields.get(POLICY)?);
    Some(if is_real_time { fields.get(PRIORITY)?.parse().ok() } else { None })
}

/// The highest real-time priority that this process may ask for.
fn limit(root: &Path) -> Option<String> {
    let limits = fs::read_to_string(root.join("proc/self/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max realtime priority"))?;
    line.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `stat` as the kernel writes it, of a thread of this policy and priority.
    fn stat(priority: u32, policy: u32) -> String {
        let before: Vec<String> = (0..PRIORITY - 1).map(|field| field.to_string()).collect();
        format!("7 (con) trol) S {} {priority} {policy} 0 0 0\n", before.join(" "))
    }

    #[test]
    fn the_daemon_s_control_thread_is_looked_at() {
        let root = tempfile::tempdir().unwrap();
        let task = |number: &str, name: &str, stat: &str| {
            let folder = root.path().join("proc/42/task").join(number);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("comm"), format!("{name}\n")).unwrap();
            fs::write(folder.join("stat"), stat).unwrap();
        };
        let daemon = "42".to_owned();
        task("42", "hemostation", &stat(0, 0));
        task("43", CONTROL, &stat(20, 1));
        let found = precedence(root.path(), Some(&daemon));
        assert_eq!(found.grade, Grade::Good);
        assert!(found.found.ends_with("priority 20"), "{}", found.found);
        task("43", CONTROL, &stat(0, 0));
        assert_eq!(precedence(root.path(), Some(&daemon)).grade, Grade::Note);
    }

    #[test]
    fn this_kernel_s_own_words_are_understood() {
        let task = fs::read_to_string("/proc/thread-self/stat").unwrap();
        let fields: Vec<&str> = task.rsplit_once(')').unwrap().1.split_whitespace().collect();
        assert!(fields[PRIORITY].parse::<u32>().unwrap() < 100 && fields[POLICY].parse::<u32>().unwrap() < 8);
        assert!(limit(Path::new("/")).is_some());
    }
}
