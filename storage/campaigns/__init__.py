"""@@PACKAGE storage/campaigns"""
