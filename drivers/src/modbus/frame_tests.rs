//! Frames as makers' guides and the protocol's own specification print them, and what damage does to them.

use super::*;
use proptest::prelude::*;

fn take(request: &Request, unit: u8, bytes: &[u8]) -> (Option<Reply>, Vec<u8>) {
    let mut buffer = bytes.to_vec();
    let reply = request.take_reply(unit, &mut buffer);
    (reply, buffer)
}

/// Request and unit, its frame, a reply's frame and what it means.
type Transcript = (Request, u8, &'static [u8], &'static [u8], Reply);

fn transcripts() -> Vec<Transcript> {
    vec![
        (
            // A temperature and humidity probe's guide: 30.0 degrees, 60.0 per cent.
            Request::ReadRegisters { address: 1, count: 2 },
            1,
            &[0x01, 0x04, 0x00, 0x01, 0x00, 0x02, 0x20, 0x0b],
            &[0x01, 0x04, 0x04, 0x01, 0x2c, 0x02, 0x58, 0x3b, 0x2b],
            Reply::Registers(vec![300, 600]),
        ),
        (
            // The specification's example of function 3.
            Request::ReadHolding { address: 0x6b, count: 3 },
            0x11,
            &[0x11, 0x03, 0x00, 0x6b, 0x00, 0x03, 0x76, 0x87],
            &[0x11, 0x03, 0x06, 0xae, 0x41, 0x56, 0x52, 0x43, 0x40, 0x49, 0xad],
            Reply::Registers(vec![0xae41, 0x5652, 0x4340]),
        ),
        (
            Request::ReadInputs { address: 0xc4, count: 22 },
            0x11,
            &[0x11, 0x02, 0x00, 0xc4, 0x00, 0x16, 0xba, 0xa9],
            &[0x11, 0x02, 0x03, 0xac, 0xdb, 0x35, 0x20, 0x18],
            Reply::Inputs(vec![0xac, 0xdb, 0x35]),
        ),
        (
            Request::Write { address: 1, value: 3 },
            0x11,
            &[0x11, 0x06, 0x00, 0x01, 0x00, 0x03, 0x9a, 0x9b],
            &[0x11, 0x06, 0x00, 0x01, 0x00, 0x03, 0x9a, 0x9b],
            Reply::Written,
        ),
        (
            Request::WriteAll { address: 1, values: vec![10, 258] },
            0x11,
            &[0x11, 0x10, 0x00, 0x01, 0x00, 0x02, 0x04, 0x00, 0x0a, 0x01, 0x02, 0xc6, 0xf0],
            &[0x11, 0x10, 0x00, 0x01, 0x00, 0x02, 0x12, 0x98],
            Reply::Written,
        ),
        (
            Request::Write { address: 0x9000, value: 0 },
            0x0a,
            &[0x0a, 0x06, 0x90, 0x00, 0x00, 0x00, 0xa5, 0xb1],
            &[0x0a, 0x86, 0x02, 0xb2, 0x63],
            Reply::Exception(2),
        ),
    ]
}

#[test]
fn transcripts_are_written_and_read_byte_for_byte() {
    for (request, unit, sent, answered, reply) in transcripts() {
        assert_eq!(request.encode(unit), sent, "{request:02x?}");
        assert_eq!(take(&request, unit, answered), (Some(reply), vec![]), "{request:02x?}");
    }
}

#[test]
fn a_reply_cut_anywhere_waits_for_the_rest_untouched() {
    for (request, unit, _, answered, reply) in transcripts() {
        for cut in 0..answered.len() {
            let (none, mut kept) = take(&request, unit, &answered[..cut]);
            assert_eq!((none, kept.as_slice()), (None, &answered[..cut]), "{request:?} {cut}");
            kept.extend_from_slice(&answered[cut..]);
            assert_eq!(request.take_reply(unit, &mut kept), Some(reply.clone()));
        }
    }
}

#[test]
fn the_reply_is_found_behind_noise_and_behind_the_request_s_echo() {
    for (request, unit, sent, answered, reply) in transcripts() {
        let noisy = [&[0x00, 0xff, unit, 0x55], answered].concat();
        assert_eq!(take(&request, unit, &noisy).0, Some(reply.clone()), "{request:?}");
        // The echo of `Write` is its good reply: such an adapter has to be set not to echo.
        if !matches!(request, Request::Write { .. }) {
            assert_eq!(take(&request, unit, &[sent, answered].concat()).0, Some(reply), "{request:?}");
        }
    }
}

#[test]
fn replies_of_others_and_to_others_are_no_reply() {
    let request = Request::WriteAll { address: 1, values: vec![10, 258] };
    let to_another_address = Request::WriteAll { address: 2, values: vec![10, 258] };
    let answer: &[u8] = &[0x11, 0x10, 0x00, 0x01, 0x00, 0x02, 0x12, 0x98];
    assert_eq!(take(&request, 0x12, answer).0, None);
    assert_eq!(take(&to_another_address, 0x11, answer).0, None);
    assert_eq!(take(&Request::ReadHolding { address: 1, count: 2 }, 0x11, answer).0, None);
    let shorter = Request::ReadRegisters { address: 1, count: 1 };
    assert_eq!(take(&shorter, 1, &[0x01, 0x04, 0x04, 0x01, 0x2c, 0x02, 0x58, 0x3b, 0x2b]).0, None);
}

#[test]
fn the_check_of_a_probe_s_request_is_the_guide_s() {
    assert_eq!(crc(&[0x01, 0x03, 0x00, 0x00, 0x00, 0x08]).to_le_bytes(), [0x44, 0x0c]);
    assert_eq!(crc(&[]), 0xffff);
}

proptest! {
    #![proptest_config(crate::proptest_config())]

    #[test]
    fn any_split_reads_the_same(which in 0_usize..6, cuts in prop::collection::vec(0_usize..12, 0..6)) {
        let (request, unit, _, answered, reply) = transcripts().swap_remove(which);
        let mut at: Vec<usize> = cuts.into_iter().map(|c| c.min(answered.len())).collect();
        at.extend([0, answered.len()]);
        at.sort_unstable();
        let (mut buffer, mut got) = (Vec::new(), None);
        for w in at.windows(2) {
            prop_assert!(got.is_none() || w[0] == answered.len());
            buffer.extend_from_slice(&answered[w[0]..w[1]]);
            got = got.or(request.take_reply(unit, &mut buffer));
        }
        prop_assert_eq!(got, Some(reply));
    }

    #[test]
    fn a_reply_with_any_flipped_bit_is_no_reply(which in 0_usize..6, byte in 0_usize..11, bit in 0_u8..8) {
        let (request, unit, _, answered, _) = transcripts().swap_remove(which);
        let mut damaged = answered.to_vec();
        damaged[byte % answered.len()] ^= 1 << bit;
        prop_assert_eq!(take(&request, unit, &damaged).0, None);
    }

    #[test]
    fn noise_never_panics_and_never_stays(noise in prop::collection::vec(any::<u8>(), 0..600), unit in any::<u8>()) {
        for (request, ..) in transcripts() {
            let (_, kept) = take(&request, unit, &noise);
            prop_assert!(kept.len() < request.reply_len().max(5));
        }
    }
}
