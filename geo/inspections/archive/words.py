"""What the README of an archive package says; it goes with the file, so it is in both languages."""

from __future__ import annotations

README = """{title}

校验值 content SHA-256: {content_sha256}
制作时间 made at: {made_at}

本档案包里的文件
  content.json       签字所对应的全部内容（RFC 8785 规范 JSON）
  records/           每一条记录及其全部版本
  photos/            照片，文件名是其 SHA-256
  documents/         附件和盖章扫描件，documents.json 是目录
  signatures.json    各方签字、盖章
  contents/          已作废的签字当时所对应的内容
  steps.json         办理过程；events.json 动态；work_orders.json 处置任务
  parts/             分段联检，每段的文件与上面相同
  manifest.json      全部文件的 SHA-256 和大小；manifest.sig 是它的 Ed25519 签名（十六进制）

怎样校验
  1. 有舆图：yutu inspections verify 文件.zip --fingerprint "联检报告上印的密钥指纹"
  2. 没有舆图：
     a. 核对 manifest.json 中 public_key 的 SHA-256 与联检报告上印的密钥指纹一致；
     b. 用 public_key 校验 manifest.sig 对 manifest.json 的 Ed25519 签名（RFC 8032）；
     c. 逐个计算文件的 SHA-256，与 manifest.json 中的一致，不多也不少；
     d. content.json 的 SHA-256 等于上面的校验值；signatures.json 中每个有效签字的
        content_sha256 与它相同，并用该签字的 public_key 校验 signature 对 signed 的签名。
  指纹必须与纸质联检报告上的核对：改动过的档案包可以换一把密钥重新签名，但指纹会不同。

What is in this package
  content.json       the whole of what is signed (canonical JSON, RFC 8785)
  records/           each record with all its versions
  photos/            photos, named by their SHA-256
  documents/         attachments and sealed scans; documents.json lists them
  signatures.json    signatures and seals of each side
  contents/          what signatures were bound to that were voided since
  steps.json         what was done; events.json the feed; work_orders.json the work orders
  parts/             the inspections by pairs of counties, each with the same files
  manifest.json      SHA-256 and size of every file; manifest.sig its Ed25519 signature, in hex

How to verify it
  1. With Yutu: yutu inspections verify FILE.zip --fingerprint "as printed on the report"
  2. Without:
     a. the SHA-256 of public_key in manifest.json is the fingerprint printed on the report;
     b. public_key verifies manifest.sig over manifest.json (Ed25519, RFC 8032);
     c. the SHA-256 of every file is that in manifest.json, none more and none less;
     d. the SHA-256 of content.json is the one above, each valid signature of signatures.json has
        it as content_sha256, and its public_key verifies signature over signed.
  Hold the fingerprint against the printed report: who changes a package can sign it anew with
  another key, but then the fingerprint is another.
"""
