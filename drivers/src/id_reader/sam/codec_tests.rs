//! The makers' frames byte for byte, and what damage does to them.

use super::*;
use proptest::prelude::*;

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn feed(frames: &mut Frames, bytes: &[u8]) -> Vec<Result<Vec<u8>, BadFrame>> {
    let mut out = Vec::new();
    frames.feed(bytes, |body| out.push(body.map(<[u8]>::to_vec)));
    out
}

fn bodies(bytes: &[u8]) -> Vec<Vec<u8>> {
    feed(&mut Frames::default(), bytes).into_iter().filter_map(Result::ok).collect()
}

/// Recorded replies with the reply they are.
fn replies() -> Vec<(Vec<u8>, Reply)> {
    vec![
        (hex("AA AA AA 96 69 00 04 00 00 90 94"), Reply::bare(sw3::DONE)),
        (hex("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97"), Reply::found()),
        (hex("AA AA AA 96 69 00 04 00 00 80 84"), Reply::bare(sw3::NO_CARD)),
        (hex("AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C"), Reply::selected()),
        (hex("AA AA AA 96 69 00 04 00 00 81 85"), Reply::bare(sw3::SELECT_FAILED)),
        (hex("AA AA AA 96 69 00 04 00 00 41 45"), Reply::bare(sw3::READ_FAILED)),
        (hex("AA AA AA 96 69 00 04 00 00 31 35"), Reply::bare(sw3::NOT_AUTHENTIC)),
    ]
}

#[test]
fn commands_are_the_maker_s_frames_and_none_asks_for_fingerprints() {
    let frames = [
        "AA AA AA 96 69 00 03 12 FF EE",
        "AA AA AA 96 69 00 03 20 01 22",
        "AA AA AA 96 69 00 03 20 02 21",
        "AA AA AA 96 69 00 03 30 01 32",
    ];
    for (command, frame) in Command::ALL.into_iter().zip(frames) {
        assert_eq!(command.encode(), hex(frame));
        assert_eq!(Command::parse(&bodies(&hex(frame))[0]), Some(command));
    }
    assert_eq!(Command::parse(&[0x30, 0x10]), None);
}

#[test]
fn replies_are_read_and_written_byte_for_byte() {
    for (bytes, reply) in replies() {
        assert_eq!(*reply.encode(), bytes);
        assert_eq!(Reply::parse(&bodies(&bytes)[0]), Ok(reply));
    }
}

#[test]
fn a_card_s_reply_has_1295_bytes_and_gives_its_text_without_the_photo() {
    let mut text = [0x20; TEXT];
    text[7] = 0x96;
    let bytes = Reply::card(&text, &[0xee; PHOTO]).encode();
    assert_eq!(bytes.len(), 1295);
    assert_eq!(bytes[..14], hex("AA AA AA 96 69 05 08 00 00 90 01 00 04 00"));
    let reply = Reply::parse(&bodies(&bytes)[0]).unwrap();
    assert_eq!(*reply.into_text().unwrap(), text);
    assert_eq!(Reply::selected().into_text(), Err(BadFrame::Short));
    let mut over = Reply::card(&text, &[0; PHOTO]);
    over.data[3] = 1;
    over.data.push(0);
    assert_eq!(over.into_text(), Err(BadFrame::Short), "no photo has 1025 bytes");
}

#[test]
fn the_sam_number_is_written_as_on_the_reader() {
    let number = hex("05 00 03 00 45 B5 32 01 39 30 00 00 15 CD 5B 07").try_into().unwrap();
    let reply = Reply::sam_number(number);
    assert_eq!(reply.to_sam_number().unwrap().as_str(), "05.03-20100421-000012345-123456789");
    assert_eq!(Reply::bare(sw3::DONE).to_sam_number(), Err(BadFrame::Short));
}

#[test]
fn a_frame_cut_anywhere_is_the_same_frame() {
    let whole = hex("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97");
    for cut in 0..whole.len() {
        let mut frames = Frames::default();
        assert_eq!(feed(&mut frames, &whole[..cut]), []);
        assert_eq!(feed(&mut frames, &whole[cut..]), [Ok(hex("00 00 9F 00 00 00 00"))], "{cut}");
        assert!(frames.length == 0);
        assert_eq!(frames.dropped(), 0);
    }
}

#[test]
fn noise_before_between_and_inside_the_preamble_is_dropped_and_counted() {
    let mut frames = Frames::default();
    let bytes = hex("01 96 02 AA 00 AA AA 96 69 00 04 00 00 90 94 55 AA AA AA 96 69 00 04 00 00 80 84");
    assert_eq!(feed(&mut frames, &bytes), [Ok(hex("00 00 90")), Ok(hex("00 00 80"))]);
    assert_eq!(frames.dropped(), 5);
}

#[test]
fn a_false_beginning_hides_no_true_frame() {
    // A mark, then a whole frame inside what the false length claims.
    let mut frames = Frames::default();
    let bytes = hex("96 69 00 0B AA AA AA 96 69 00 04 00 00 90 94");
    assert_eq!(feed(&mut frames, &bytes), [Err(BadFrame::Check), Ok(hex("00 00 90"))]);
    let bytes = hex("96 69 FF FF 96 69 00 00 96 69 00 04 00 00 90 94");
    assert_eq!(
        feed(&mut frames, &bytes),
        [Err(BadFrame::Length), Err(BadFrame::Length), Ok(hex("00 00 90"))]
    );
}

#[test]
fn a_wrong_check_byte_is_refused() {
    let mut frames = Frames::default();
    assert_eq!(feed(&mut frames, &hex("AA AA AA 96 69 00 04 00 00 90 95")), [Err(BadFrame::Check)]);
    assert!(frames.length == 0);
}

#[test]
fn a_reply_without_a_verdict_is_short_and_a_reply_prints_no_data() {
    assert_eq!(Reply::parse(&[0, 0]), Err(BadFrame::Short));
    assert_eq!(format!("{:?}", Reply::found()), "Reply(SW3 9F, 4 bytes)");
}

#[test]
fn used_bytes_are_zeroed() {
    let mut frames = Frames::default();
    feed(&mut frames, &Reply::card(&[0x41; TEXT], &[0xee; PHOTO]).encode());
    assert!(frames.buffer.iter().all(|byte| *byte == 0));
    feed(&mut frames, &[0x96, 0x69, 0x05, 0x08, 0x41]);
    frames.clear();
    assert!(frames.buffer.iter().all(|byte| *byte == 0));
}

proptest! {
    #![proptest_config(crate::proptest_config())]

    #[test]
    fn any_split_reads_the_same(cuts in prop::collection::vec(0_usize..1400, 0..8)) {
        let mut all: Vec<u8> = replies().into_iter().flat_map(|(bytes, _)| bytes).collect();
        all.extend_from_slice(&Reply::card(&[0x96; TEXT], &[0x69; PHOTO]).encode());
        let mut at: Vec<usize> = cuts.into_iter().map(|c| c.min(all.len())).collect();
        at.extend([0, all.len()]);
        at.sort_unstable();
        let mut frames = Frames::default();
        let read: Vec<_> = at.windows(2).flat_map(|w| feed(&mut frames, &all[w[0]..w[1]])).collect();
        prop_assert_eq!(read.len(), replies().len() + 1);
        prop_assert!(read.iter().all(Result::is_ok));
    }

    #[test]
    fn a_flipped_bit_is_never_taken_for_the_frame(reply in 0_usize..7, bit in 0_usize..200) {
        let (whole, _) = &replies()[reply];
        let bit = bit % (whole.len() * 8);
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        // The run of AA carries nothing: damage there does no harm. Elsewhere nothing is accepted.
        let read = bodies(&damaged);
        if bit / 8 < 3 {
            prop_assert_eq!(read, bodies(whole));
        } else {
            prop_assert!(read.is_empty());
        }
    }

    #[test]
    fn noise_never_panics_and_the_buffer_has_a_bound(noise in prop::collection::vec(any::<u8>(), 0..4000)) {
        let mut frames = Frames::default();
        for body in feed(&mut frames, &noise).into_iter().flatten() {
            if let Ok(reply) = Reply::parse(&body) {
                prop_assert!(reply.to_sam_number().is_ok() || reply.data.len() != 16);
                prop_assert!(reply.into_text().map_or(true, |text| text.len() == TEXT));
            }
        }
        prop_assert!(frames.length < MAX_FRAME);
    }
}
