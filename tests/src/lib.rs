//! What crosses crates: end to end, crash, compatibility, tidy. This library is what those tests share.
//!
//! Owns: finding the workspace and its binaries. Refuses: stale binaries: each is built before it is used. Holds no state.

pub mod screen;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace's manifest.
pub fn workspace_root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// Builds one binary of the workspace and gives its path: with the profile of this test, into the folder where it lies itself,
/// and as one of the whole workspace, so that cargo unifies features as it did for the tests and builds hardly anything anew.
///
/// # Errors
/// Cargo cannot be run, the build fails, or the binary is not beside this test's folder.
pub fn binary(name: &str) -> io::Result<PathBuf> {
    // A test's own binary lies in `<target>/<profile>/deps/`, those of the workspace in `<target>/<profile>/`.
    let own = std::env::current_exe()?;
    let folders = own.ancestors().nth(2).and_then(|profile| Some((profile, profile.parent()?)));
    let (folder, target) =
        folders.ok_or_else(|| io::Error::other(format!("{} is in no target folder", own.display())))?;
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        // The one profile whose folder has another name.
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(workspace_root()).args(["build", "--quiet", "--workspace", "--bin", name]);
    let status = build.args(["--profile", profile, "--target-dir"]).arg(target).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("building {name}: {status}")));
    }
    let path = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    if path.is_file() {
        return Ok(path);
    }
    Err(io::Error::new(io::ErrorKind::NotFound, format!("{} is not there after building it", path.display())))
}
