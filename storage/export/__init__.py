"""@@PACKAGE storage/export"""
