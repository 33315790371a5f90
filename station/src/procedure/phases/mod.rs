//! The phases of a donation, one a file; and the shot, which the seal and the separation share.
//!
//! Owns: nothing but the list. Refuses: knowledge of one phase's inside in another. Lost in a crash with the phase.

mod closed;
mod divert;
mod draw;
pub(super) mod end_draw;
mod identify;
mod interrupted;
mod label;
mod needle_out;
mod pause;
mod prepare;
mod reconcile;
mod seal;
mod segments;
mod separate;
mod shot;
mod venipuncture;

pub(super) use closed::Closed;
pub(super) use divert::Divert;
pub(super) use draw::Draw;
pub(super) use end_draw::EndDraw;
pub(super) use identify::Identify;
pub(super) use interrupted::Interrupted;
pub(super) use label::Label;
pub(super) use needle_out::NeedleOut;
pub(super) use pause::{Back, Pause};
pub(super) use prepare::Prepare;
pub(super) use reconcile::Reconcile;
pub(super) use seal::Seal;
pub(super) use segments::Segments;
pub(super) use separate::Separate;
pub(super) use venipuncture::Venipuncture;
