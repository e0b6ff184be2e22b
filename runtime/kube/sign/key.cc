#include "runtime/kube/sign/key.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "runtime/kube/api/base64.h"

namespace kube {
namespace {

template <auto free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;

constexpr unsigned kBits = 2048;

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<size_t>(size)};
}

Result<std::string> read_number(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return fail("read the signing key");
  const Number number(raw);
  std::string bytes(static_cast<size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

bool add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool fill_certificate(X509* certificate, EVP_PKEY* key, const std::string& name, int64_t start, int days) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  return X509_set_version(certificate, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), start) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), start + int64_t{days} * 86400) != nullptr &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
         add_extension(certificate, NID_key_usage, "critical,keyCertSign,digitalSignature") &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

}  // namespace

void SigningKey::Free::operator()(EVP_PKEY* key) const {
  EVP_PKEY_free(key);
}

Result<SigningKey> SigningKey::generate() {
  EVP_PKEY* key = EVP_RSA_gen(kBits);
  if (!key) return fail("make a signing key");
  return SigningKey(key);
}

Result<SigningKey> SigningKey::parse(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EVP_PKEY* key = bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr) : nullptr;
  if (!key) return fail("not a private key in PEM form");
  SigningKey out(key);
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return fail("not an RSA key");
  return out;
}

Result<std::string> SigningKey::print_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return fail("write the signing key");
  return text_of(bio.get());
}

Result<std::string> SigningKey::sign(std::string_view bytes) const {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const Digest digest(EVP_MD_CTX_new());
  size_t size = 0;
  if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, data, bytes.size()) != 1)
    return fail("sign");
  std::string signature(size, '\0');
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data, bytes.size()) != 1)
    return fail("sign");
  signature.resize(size);
  return signature;
}

Result<std::string> SigningKey::id() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  if (size < 0) return fail("write the public key");
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  const bool is_done = EVP_Digest(der, static_cast<size_t>(size), hash, &length, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(der);
  if (!is_done) return fail("hash the public key");
  return write_base64url({reinterpret_cast<const char*>(hash), length});
}

Result<SigningKey::Numbers> SigningKey::numbers() const {
  Numbers out;
  out.modulus = TRY(read_number(key_.get(), OSSL_PKEY_PARAM_RSA_N));
  out.exponent = TRY(read_number(key_.get(), OSSL_PKEY_PARAM_RSA_E));
  return out;
}

Result<std::string> SigningKey::make_certificate(const std::string& name, int64_t start, int days) const {
  const Certificate certificate(X509_new());
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!certificate || !bio || !fill_certificate(certificate.get(), key_.get(), name, start, days) ||
      PEM_write_bio_X509(bio.get(), certificate.get()) != 1)
    return fail("make a certificate");
  return text_of(bio.get());
}

}  // namespace kube
