"""@@PACKAGE storage/anonymity"""
