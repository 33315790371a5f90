//! Chinese: the devices and their faults.
//!
//! Owns: these words. Refuses: jargon of the program. Holds no state.

use station::device::{DeviceKind, Fault};

pub(crate) fn device(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Scale => "采血秤",
        DeviceKind::Scanner => "扫码器",
        DeviceKind::IdReader => "读卡器",
        DeviceKind::Clamp => "夹管器",
        DeviceKind::Mixer => "混匀器",
        DeviceKind::Diverter => "分流器",
        DeviceKind::Sampler => "留样器",
        DeviceKind::Sealer => "热合机",
        DeviceKind::Separator => "针头分离器",
        DeviceKind::Rfid => "RFID",
        DeviceKind::Probe => "温度计",
        DeviceKind::Panel => "操作面板",
    }
}

pub(crate) fn fault(fault: &Fault) -> String {
    match fault {
        Fault::LinkLost => "连接中断：检查电缆电源".to_owned(),
        Fault::NoReply => "无应答".to_owned(),
        Fault::Garbage => "数据无法识别：检查设置".to_owned(),
        Fault::Rebooted => "设备自行重启".to_owned(),
        Fault::Swapped { expected, found } => format!("换了设备：{found}，应为 {expected}"),
        Fault::Overload => "超出量程".to_owned(),
        Fault::Underload => "低于量程：托盘？".to_owned(),
        Fault::SwitchContradiction => "限位开关矛盾".to_owned(),
        Fault::NotObeying => "不执行指令".to_owned(),
        Fault::Stalled => "停止转动".to_owned(),
        Fault::Device(text) => format!("报告 {text}"),
    }
}
